"""Live calls over the admin socket: told by account, and hung up (row 145)."""

import json
from typing import Any

from tests.kit.facts import ACCOUNT
from tests.kit.phone import Script
from tests.kit.platform import wall_of
from tests.kit.scene import CALLEE, Scene
from trunkline.service.gateway.admin.admin import Admin


def ask(scene: Scene, **question: str) -> dict[str, Any]:
    platform = scene.platform
    admin = Admin(
        platform.switch,
        platform.calls,
        platform.doorkeeper,
        platform.watch,
        lambda: scene.world.now,
        wall_of,
        platform.pump,
        dict,
    )
    return admin.answer(json.dumps(question).encode())


def test_row_145_a_live_call_is_told_from_ringing_to_talking() -> None:
    with Scene(Script(ring_after=1.0, answer_after=5.0)) as scene:
        invited_at = scene.world.now
        scene.dial()
        scene.run(0.5)
        (call,) = ask(scene, verb="calls", account=ACCOUNT.sid)["calls"]
        assert (call["status"], call["answered_at"]) == ("ringing", None)
        scene.run(5.0)
        (call,) = ask(scene, verb="calls", account=ACCOUNT.sid)["calls"]
        assert call["status"] == "in-progress"
        assert call["answered_at"] > call["invited_at"]
        assert (call["to_number"], call["direction"], call["account_sid"]) == (
            CALLEE,
            "trunking-terminating",
            ACCOUNT.sid,
        )
        assert call["invited_at"][:19] == wall_of(invited_at).isoformat()[:19]
        assert ask(scene, verb="calls", account="AC" + "9" * 32) == {"calls": []}
        assert len(ask(scene, verb="calls")["calls"]) == 1
        ask(scene, verb="hangup", sid=call["sid"])


def test_row_145_a_call_is_hung_up_by_its_own_account_once() -> None:
    with Scene(Script(answer_after=0.5)) as scene:
        scene.dial()
        scene.run(2.0)
        sid = ask(scene, verb="calls")["calls"][0]["sid"]
        assert ask(scene, verb="hangup", sid=sid, account="AC" + "9" * 32) == {"found": False}
        assert ask(scene, verb="hangup", sid=sid, account=ACCOUNT.sid) == {"found": True}
        scene.run(1.0)
        assert ask(scene, verb="calls") == {"calls": []}
        assert ask(scene, verb="hangup", sid=sid, account=ACCOUNT.sid) == {"found": False}
        (record,) = scene.platform.records.records
        assert record.cause.name == "api_hung_up"
