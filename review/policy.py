"""The project's rules as they are stored: read at every decision, so that a change counts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model.policy import Policy, policy_from_json, policy_to_json

if TYPE_CHECKING:
    from storage.project import Project

SETTING: Final = "policy"


def policy(project: Project) -> Policy:
    """The rules as they are now."""
    from storage import settings

    return policy_from_json(settings.get(project, SETTING))


def set_policy(project: Project, rules: Policy, actor: str) -> None:
    """Stores other rules; those before them stay in the settings' history. Raises UsageError for nonsense."""
    from storage import settings

    data = policy_to_json(rules)
    policy_from_json(data)
    if data != policy_to_json(policy(project)):
        settings.set(project, SETTING, data, actor)
