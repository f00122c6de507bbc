"""Diagrams of flows: what each step may lead to, read from its annotations, as Mermaid."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from bot.flow import Detour, Done, Flow, GoTo, Skip
from bot.questions import Question

WORDS = {
    "answer": "答え",
    "skip": "聞かずに進む",
    "goto": "戻って聞く",
    "detour": "先に別の手続き",
    "done": "終わり",
}


@dataclass(frozen=True)
class Transition:
    """From a step by what (answer, skip, goto x, detour x, done) to where."""

    flow: str
    step: str
    how: str
    to: str


def transitions(flow: Flow[Any]) -> Iterator[Transition]:
    """All transitions that the annotations of the flow's steps allow, and the ends where the rules say no."""
    for name, step in flow.steps.items():
        kinds = _kinds(get_type_hints(step)["return"])
        for kind in (*kinds, Done) if name in flow.says_no and Done not in kinds else kinds:
            yield from _transition(flow, name, kind)


def mermaid(flow: Flow[Any]) -> str:
    """The flow as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {flow.first}"]
    for each in transitions(flow):
        to = "[*]" if each.to == "end" else each.to.replace(".", "_")
        lines.append(f"    {each.step} --> {to}: {WORDS[each.how.split(' ')[0]]}")
    return "\n".join(lines)


def page(flows: Iterable[Flow[Any]], title: str) -> str:
    """A Markdown page with one diagram a flow."""
    parts = [f"## {flow.title}（{flow.name}）\n\n```mermaid\n{mermaid(flow)}\n```\n" for flow in flows]
    return "\n".join([f"# {title}\n", *parts])


def _transition(flow: Flow[Any], name: str, kind: Any) -> Iterator[Transition]:
    origin = get_origin(kind) or kind
    if origin in (GoTo, Detour):
        how = "goto" if origin is GoTo else "detour"
        for target in get_args(get_args(kind)[0]):
            yield Transition(flow.name, name, f"{how} {target}", target)
    elif origin is Skip:
        yield Transition(flow.name, name, "skip", flow.after(name))
    elif origin is Done:
        yield Transition(flow.name, name, "done", "end")
    elif issubclass(origin, Question):
        yield Transition(flow.name, name, "answer", flow.after(name))


def _kinds(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, UnionType):
        return get_args(annotation)
    assert get_origin(annotation) is not Literal
    return (annotation,)
