"""What holds for the parameters of a message wherever it arrives: none of them twice (RFC 6749 sections 3.1 and 3.2)."""

from dataclasses import dataclass

from flowsim.model.check import Finding, finding
from flowsim.protocol.messages import Pairs, repeated


@dataclass(frozen=True, slots=True)
class ParameterFacts:
    """The parameters of a message, those of its address or of its form."""

    params: Pairs

    def get(self, name: str) -> str | None:
        for key, value in self.params:  # as `single` does, and asked for many times in each request
            if key == name and value:
                return value
        return None


def parameters_once(facts: ParameterFacts) -> Finding:
    twice = repeated(facts.params)
    return finding("every parameter at most once", ", ".join(twice) or "each once", not twice)


def no_request_uri(facts: ParameterFacts) -> Finding:
    return finding("no request_uri parameter", facts.get("request_uri"), facts.get("request_uri") is None)
