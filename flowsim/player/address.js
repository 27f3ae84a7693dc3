/* The branch and the step in the page's address, after the #: a link leads to where its sender was.
 *
 * A step is written as people say it: its number; "6.1" for what the attacker does first after step 6; and "3~2" for the
 * second event of that branch that takes step 3.
 */

/* What an address calls each event, in order. */
export function stepNames(events) {
  const names = [];
  let [last, acts] = [0, 0];
  for (const event of events) {
    [last, acts] = event.between ? [last, acts + 1] : [event.name, 0];
    const name = acts ? `${last}.${acts}` : `${last}`;
    const times = names.filter((other) => other.split("~")[0] === name).length;
    names.push(times ? `${name}~${times + 1}` : name);
  }
  return names;
}

/* Keeps the address and the view in step. `go` takes a view; what the address names and the branches do not have is
 * left out of it. Returns { read(), write(view), stop() }. */
export function makeAddress(data, current, go) {
  const read = () => {
    const asked = new URLSearchParams(window.location.hash.slice(1));
    const view = {};
    if (data.branches.has(asked.get("branch"))) view.branch = asked.get("branch");
    const { events } = data.branches.get(view.branch ?? current().branch);
    const step = asked.get("step");
    const position = step === "0" ? 0 : stepNames(events).indexOf(step) + 1;
    if (step === "0" || position) view.position = position;
    return view;
  };
  const write = ({ branch, position }) => {
    const step = position ? stepNames(data.branches.get(branch).events)[position - 1] : "0";
    const hash = `#${new URLSearchParams({ branch, step })}`;
    if (hash === window.location.hash) return;
    try {
      window.history.replaceState(null, "", hash);
    } catch {
      // A page inside a frame may not have an address to change.
    }
  };
  const onHash = () => go(read());
  window.addEventListener("hashchange", onHash);
  return { read, write, stop: () => window.removeEventListener("hashchange", onHash) };
}
