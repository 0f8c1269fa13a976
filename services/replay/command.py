"""The `ecflink replay` command line: which words there are and which module answers each.

Exit codes: 0 done or passed; 1 usage or unusable input; 2 a threshold missed; 3 the audit failed; 4 no connection;
5 the generator was the limit.
"""

from typing import Final

from cyclopts import App

app = App(name="replay", help="Record a stream of events, play it back, measure it, and prove what came of it.")

_COMMANDS: Final = {
    "init": "services.replay.profile.command:init",
    "scenarios": "services.replay.scenarios.command:scenarios",
    "generate": "services.replay.scenarios.command:generate",
    "record": "services.replay.capture.command:record",
    "import": "services.replay.recording.command:import_",
    "export": "services.replay.recording.command:export",
    "inspect": "services.replay.inspection.command:inspect",
    "plan": "services.replay.plan.command:plan",
    "run": "services.replay.run.command:run",
    "report": "services.replay.report.command:report",
    "compare": "services.replay.report.command:compare",
}
for _name, _target in _COMMANDS.items():
    app.command(_target, name=_name)
