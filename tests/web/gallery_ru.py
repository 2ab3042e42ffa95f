"""What the gallery's samples say in Russian, so that a review sees real lengths; not the product's catalogue."""

from dataclasses import fields, is_dataclass, replace
from types import SimpleNamespace
from typing import Any

from cellchain.kernel.text import T

RUSSIAN = {
    "Every component, once.": "Все компоненты, по одному разу.", "With sample data.": "С образцами данных.",
    "Pass": "Соответствует", "Out of limit": "Вне нормы", "Deviation": "Отклонение",
    "Conditional release": "Условный выпуск", "On hold": "Приостановлено", "Pending": "Ожидается", "Due": "Пора",
    "To come": "Впереди", "Donor": "Донор", "Harvest": "Заготовка", "Separation": "Выделение",
    "Suspension": "Суспензия", "Release": "Выпуск", "Infusion": "Инфузия",
    "Position in the chain": "Место в цепочке", "Product": "Продукт", "MSC, allogeneic": "МСК, аллогенные",
    "bone marrow, passage 3": "костный мозг, пассаж 3", "Donation": "Донация",
    "eligibility signed": "пригодность подтверждена", "Bags": "Пакеты", "Start by": "Начать до", "Expires": "Годен до",
    "{left} left to start the infusion.": "До начала инфузии осталось {left}.", "Too late to start": "Начинать поздно",
    "Recipients told": "Извещено реципиентов", "Bags quarantined": "Пакетов в карантине",
    "Saline 0.9 %, 500 mL": "Натрия хлорид 0,9 %, 500 мл", "accepted": "принято",
    "Scan the transfer set": "Отсканируйте систему переноса", "Any released lot": "Любая принятая серия",
    "Verifier: another person scans a badge": "Проверяющий: другой сотрудник сканирует бейдж",
    "One material left.": "Остался один материал.", "Albumin 20 % is expired": "Срок годности альбумина 20 % истёк",
    "Do not use it. Put it in the red tray and scan another lot.":
        "Не используйте. Положите в красный лоток и отсканируйте другую серию.",
    "Exceptions": "Исключения", "Each one needs your decision before you sign": "По каждому нужно решение до подписи",
    "Release tests": "Испытания для выпуска", "Test": "Испытание", "Limit": "Норма", "Result": "Результат",
    "Place in limit": "Место в норме", "Verdict": "Заключение", "Viability": "Жизнеспособность",
    "Endotoxin": "Эндотоксин", "Sterility, 14-day culture": "Стерильность, посев 14 суток", "no growth": "нет роста",
    "Came from": "Откуда", "Went into": "Куда", "Both": "Оба",
    "You take on two duties.": "Вы берёте два обязательства.",
    "This lot is not released. Ask QA.": "Серия не выпущена. Обратитесь в службу качества.",
    "Record the harvest": "Записать заготовку", "Ward {ward}, bed {bed}": "Отделение {ward}, койка {bed}",
    "Infusion {number} of {total}": "Инфузия {number} из {total}",
    "This bag is for this recipient.": "Пакет предназначен этому реципиенту.",
    "This bag is for another recipient.": "Пакет для другого реципиента.", "Start infusion": "Начать инфузию",
    "Why did it happen?": "Почему это произошло?", "I have read this": "Прочитано",
    "Wrong bag brought": "Принесли не тот пакет", "Wrong wristband": "Не тот браслет",
    "Labels look alike": "Этикетки похожи", "I do not know": "Не знаю", "Start by {at}": "Начать до {at}",
    "{count} on hold": "Приостановлено: {count}", "{count} out of limit": "Вне нормы: {count}", "Issued": "Выдано",
    "Infusing": "Вводится", "Ends {at}": "До {at}", "Follow-up": "Наблюдение", "80 % or more": "80 % или больше",
    "Within limit": "В норме", "Viable cells": "Живые клетки", "1.80 to 2.20 × 10⁸": "от 1,80 до 2,20 × 10⁸",
    "Out of limit, {by} low": "Вне нормы, меньше на {by}",
    "Recount once. If it stays low, open a deviation.": "Пересчитайте один раз. Если мало, откройте отклонение.",
    "Volume": "Объём", "390 to 410 mL": "от 390 до 410 мл",
    "Final sterility is pending": "Окончательная стерильность ожидается",
    "The release can only be conditional.": "Выпуск возможен только условный.", "Conditional": "Условно",
    "Value changed after entry": "Значение изменено после записи",
    "Digits swapped, see counter printout.": "Переставлены цифры, см. распечатку счётчика.", "Accepted": "Принято",
    "Late entry": "Поздняя запись", "Seen before it was entered.": "Замечено раньше, чем записано.",
    "Sign the release": "Подписать выпуск", "Sign conditional release": "Подписать условный выпуск",
    "Separate people": "Разные люди", "You did not make or test this batch": "Вы не готовили и не испытывали эту серию",
    "Rapid tests complete": "Быстрые испытания завершены", "13 of 13 pass": "Соответствуют: 13 из 13",
    "One exception open": "Одно исключение не решено", "Number 3, late entry": "Номер 3, поздняя запись",
    "Before the culture result.": "До результата посева.", "Hold": "Приостановить", "Needs a reason": "Нужна причина",
    "Decide exception 3 to unlock.": "Примите решение по исключению 3.", "Collection ended": "Окончание заготовки",
    "Volume collected": "Собранный объём", "Viability, %": "Жизнеспособность, %",
    "Consent signed on": "Согласие подписано", "Anticoagulant": "Антикоагулянт",
    "Is the bag intact?": "Пакет цел?", "Urgent": "Срочно", "Witnesses": "Свидетели", "Punctures": "Проколы",
    "Puncture site": "Место прокола", "Volume drawn": "Взятый объём", "Remark": "Примечание",
    "Only what no field asks for.": "Только то, для чего нет поля.", "Heparin": "Гепарин", "ACD-A": "ACD-A",
    "No anticoagulant": "Без антикоагулянта",
}  # fmt: skip


def translated(value: object, language: str) -> Any:
    """The sample in `language`: texts inside views, lists and records are exchanged, all else stays."""
    if language == "en":
        return value
    if isinstance(value, T):
        params = {name: translated(part, language) for name, part in value.params.items()}
        return T(RUSSIAN.get(value.template, value.template), **params)
    if isinstance(value, str) and type(value) is str:
        return RUSSIAN.get(value, value)
    if isinstance(value, list | tuple):
        return type(value)(translated(part, language) for part in value)
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**{name: translated(part, language) for name, part in vars(value).items()})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{field.name: translated(getattr(value, field.name), language) for field in fields(value)}
        )
    return value
