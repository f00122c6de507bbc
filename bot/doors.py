"""Which flows exist for one chat: those for everybody, and those of the roles that its person has."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.flow import Flow, World


@dataclass
class Doors(Mapping[str, Flow[World]]):
    """All flows by name; one that is only for others is not there. Who the person is, is asked when it matters."""

    flows: Mapping[str, Flow[World]]
    ask_roles: Callable[[], Collection[str]]

    def __getitem__(self, name: str) -> Flow[World]:
        flow = self.flows[name]
        if flow.only_for and self.roles.isdisjoint(flow.only_for):
            raise KeyError(name)
        return flow

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.flows if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(self.ask_roles())
