"""When a process that died is started again."""

from trunkline.cli.supervisor import Child


def _pauses(state: str, deaths: int) -> list[float]:
    child = Child("gateway", "127.0.0.1:5060", "gateway", [])
    pauses = []
    for _ in range(deaths):
        child.state = state
        child.ended(100.0)
        pauses.append(child.restart_at - 100.0)
    return [round(pause, 6) for pause in pauses]


def test_a_process_that_never_gets_ready_is_started_ever_more_slowly() -> None:
    assert _pauses("starting", 9) == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_a_process_that_served_is_back_soon_however_often_it_dies() -> None:
    assert _pauses("ready", 6) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
