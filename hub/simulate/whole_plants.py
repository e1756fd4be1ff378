"""The plants that make a whole life, the same in every dialect that can tell it: by group, in the order in which they are cast."""

from __future__ import annotations

from hub.simulate.answer_plants import AnswerPlant, answer_plants
from hub.simulate.evaluation_plants import EvaluationPlant, evaluation_plants
from hub.simulate.fee_plants import FeePlant, fee_plants
from hub.simulate.item_plants import ItemPlant, item_plants
from hub.simulate.paper_plants import PaperPlant, paper_plants
from hub.simulate.return_plants import RETURN_PLANTS, ReturnPlant
from hub.simulate.step_plants import StepPlant, step_plants
from hub.simulate.world import Options

WholePlant = FeePlant | PaperPlant | ReturnPlant | AnswerPlant | ItemPlant | StepPlant | EvaluationPlant

GROUPS: dict[type, str] = {
    FeePlant: "fees",
    PaperPlant: "papers",
    ReturnPlant: "returns",
    AnswerPlant: "answers",
    ItemPlant: "items",
    StepPlant: "steps",
    EvaluationPlant: "evaluations",
}
"""Kind of plant → the group under which the truth counts it."""


def whole_plants(options: Options) -> list[WholePlant]:
    """Those whose difference the dialect, its codes and the version of the message can tell."""
    return [
        *fee_plants(options.dialect),
        *paper_plants(options),
        *RETURN_PLANTS,
        *answer_plants(options.dialect),
        *item_plants(options.dialect),
        *step_plants(options.dialect),
        *evaluation_plants(options),
    ]
