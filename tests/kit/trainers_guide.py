"""docs/trainer.md, the trainer's guide with what the program knows in it: `make map` writes it."""

from pathlib import Path

from flowsim.front_end.class_folder.guide import guide

PAGE = Path(__file__).parents[2] / "docs" / "trainer.md"

if __name__ == "__main__":
    PAGE.write_text(guide(), "utf-8")
