"""Data of their own for the tests of rules, with windows that differ, so that none is taken for another."""

from cellchain.donors.rules.aftercare import Aftercare
from cellchain.donors.rules.questionnaire import Questionnaire
from cellchain.donors.rules.screening import Panel

PANEL = Panel.model_validate(
    {
        "version": 1,
        "serology": {"markers": ["hiv", "hbv", "hcv", "syphilis", "htlv", "cmv"], "days": 30},
        "nucleic_acid": {"markers": ["hiv", "hbv", "hcv"], "days": 14},
    }
)
QUESTIONS = Questionnaire.model_validate(
    {
        "version": 3,
        "valid_days": 30,
        "sections": [
            {
                "title": {"en": "Today", "ru": "Сегодня"},
                "questions": [
                    {"code": "well", "risk": "no", "text": {"en": "Well?", "ru": "Здоровы?"}},
                    {"code": "fever", "text": {"en": "Fever?", "ru": "Температура?"}},
                    {"code": "travel", "text": {"en": "Travel?", "ru": "Поездки?"}},
                ],
            }
        ],
    }
)
AFTERCARE = Aftercare.model_validate(
    {
        "version": 1,
        "visits": [
            {"code": "soon", "name": "Soon", "day": 1, "before": 0, "after": 1},
            {"code": "later", "name": "Later", "day": 30, "before": 5, "after": 10},
        ],
    }
)
