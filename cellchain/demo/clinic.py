"""The trial office's part of the story: the study, its list, twenty recipients, their plans and orders."""

import re
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources

from cellchain.demo.stage import Stage
from cellchain.kernel.values import dataclass
from cellchain.labels import commands as labels
from cellchain.ledger import uploads
from cellchain.trial import commands as trial
from cellchain.trial import queries as trial_queries
from cellchain.trial.allocation import BLOCK_SIZES
from cellchain.trial.lifecycles import Sex
from cellchain.trial.lung import equations

DOSE = 200_000_000
FVC, DLCO = Decimal("2.31"), Decimal("3.42")
OTHER_EQUATIONS = 2  # whose laboratory reports by equations of its own
LIST_LENGTH = 24
SEXES = (Sex.MALE, Sex.FEMALE)
SITE = "FMBA-MOSCOW"
LAST_VISIT = 'code = "month_12"\nmonth = 12\nweek = 52\nwindow_weeks = '
AMENDMENT = """
[amendment]
number = 1
recipients = "keep"
reconsent = false
[amendment.summary]
en = "Three weeks on either side of the last visit"
ru = "Три недели до и после последнего визита"
"""
COPY_UNDER = "demonstration: four unrelated words"  # the list key's copy; a demonstration keeps no secret


@dataclass
class Person:
    """A recipient of the demonstration."""

    code: str
    number: int
    wristband: str = ""
    chain: str = ""
    arm: str = ""


def open_the_study(stage: Stage, *, enrolment: int | None = None, blocks: tuple[int, ...] | None = None) -> str:
    """The statistician opens the study from its file and commits the list before anybody is enrolled.

    `enrolment` and the sizes of the list's `blocks` are given where more people come than in the demonstration.
    """
    text = _definition()
    if enrolment is not None:
        text = re.sub(r"(?m)^enrolment = \d+", f"enrolment = {enrolment}", text)
    file = _sent(stage, "statistician1", "msc-ild.toml", text)
    study: str = stage.do("statistician1", trial.open_study, file=file)["study"]
    stage.wait(hours=1)
    sizes = blocks or _blocks(stage)
    stage.do("statistician1", trial.commit_allocation_list, study=study, block_sizes=sizes, passphrase=COPY_UNDER)
    return study


def _definition() -> str:
    return resources.files("cellchain.trial").joinpath("studies/msc-ild.toml").read_text(encoding="utf-8")


def _sent(stage: Stage, who: str, name: str, text: str) -> dict[str, str]:
    """A definition as a file that somebody sent."""
    return {"name": name, "sha256": uploads.receive(stage.installation, stage.code_of(who), text.encode())}


def amend(stage: Stage, study: str) -> None:
    """The first amendment, in force; whoever is in the study already keeps the version that they are under."""
    text = _definition().replace(f"{LAST_VISIT}2", f"{LAST_VISIT}3") + AMENDMENT
    file = _sent(stage, "coordinator1", "msc-ild-amendment-1.toml", text)
    version = stage.do("coordinator1", trial.import_amendment, study=study, file=file)["version"]
    stage.wait(hours=1)
    stage.do("statistician1", trial.make_amendment_effective, study=study, version=version)


def staff_the_site(stage: Stage, study: str) -> None:
    """The delegation log: who investigates, coordinates, treats and measures at the one site."""
    named = {"physician1": "investigator", "coordinator1": "coordinator", "nurse1": "nurse", "assessor1": "assessor"}
    for who, role in named.items():
        person = stage.code_of(who)
        stage.do("physician1", trial.name_for_site, study=study, site=SITE, person=person, role=role)


def turn_away(stage: Stage, study: str) -> None:
    """Three who were looked at and did not come in; who they are stands nowhere."""
    today = stage.today()
    for days, sex, age, cause, criterion in (
        (300, "male", 68, "not_eligible", "fvc"),
        (210, "female", 59, "declined", None),
        (95, "male", 83, "not_eligible", "age"),
    ):
        stage.do(
            "coordinator1",
            trial.record_screening,
            study=study,
            site=SITE,
            screened_on=today - timedelta(days=days),
            sex=sex,
            age_years=age,
            cause=cause,
            criterion=criterion,
        )


def _blocks(stage: Stage) -> tuple[int, ...]:
    """Sizes for twenty-four rows, mixed by chance: they stand in no file, this one included."""
    sizes = [stage.random.choice(BLOCK_SIZES) for _ in range(LIST_LENGTH)]
    while not (sum(sizes) == LIST_LENGTH and len(set(sizes)) > 1):
        sizes = [stage.random.choice(BLOCK_SIZES) for _ in range(stage.random.randrange(4, 7))]
    return tuple(sizes)


def enrol(stage: Stage, study: str, number: int) -> Person:
    """Somebody plainly invented: enrolled, consented, measured, found eligible."""
    with stage.installation.database.read() as tx:
        definition = trial_queries.study_definition(tx, study)
    today = stage.today()
    born, sex, height = date(1951 + number % 14, 1 + number % 12, 1 + number % 28), SEXES[number % 2], 158 + number % 20
    code: str = stage.do(
        "coordinator1",
        trial.enrol,
        study=study,
        site=definition.sites[0].code,
        name=f"Recipient Demonstration {number:02d}",
        born=born,
        sex=sex,
        height_cm=Decimal(height),
        weight_kg=Decimal(58 + number % 25),
        physician=stage.code_of("physician1"),
    )["recipient"]
    stage.do("coordinator1", trial.record_consent, recipient=code, version="demo-1")
    stage.wait(hours=2)
    fvc_permille, dlco_permille = (574, 431) if number == OTHER_EQUATIONS else _reported(sex, born, height, today)
    stage.do(
        "coordinator1",
        trial.record_baseline,
        recipient=code,
        measured_on=today,
        fvc_litres=FVC,
        fvc_predicted_permille=fvc_permille,
        fev1_litres=Decimal("1.97"),
        dlco_mmol=DLCO,
        dlco_predicted_permille=dlco_permille,
        walk_metres=348,
        before_on=today - timedelta(days=355),
        fvc_before_litres=Decimal("2.71"),
        dlco_before_mmol=Decimal("4.15"),
    )
    answers = [{"criterion": one.code, "applies": True} for one in definition.eligibility.inclusions]
    answers += [{"criterion": one.code, "applies": False} for one in definition.eligibility.exclusions]
    stage.do("physician1", trial.confirm_eligibility, recipient=code, answers=tuple(answers))
    return Person(code, number)


def _reported(sex: Sex, born: date, height: int, on: date) -> tuple[int, int]:
    """FVC and DLCO of predicted as a laboratory reports them, tenths of a percent."""
    body = equations.Body(sex, born, height * 10)
    values = {("fvc", "L"): int(FVC * 1000), ("dlco", "mmol/min/kPa"): int(DLCO * 1000)}
    found = equations.judge_all(values, 3, body, on)
    return found["fvc"].percent_predicted_permille, found["dlco"].percent_predicted_permille


def randomise(stage: Stage, person: Person) -> None:
    """The next row is revealed; the wristband is printed and scanned back."""
    given = stage.do("coordinator1", trial.randomise, recipient=person.code)
    person.chain, person.wristband = given["chain_of_identity"], given["wristband"]
    with stage.installation.database.read() as tx:
        person.arm = trial_queries.arm_of(tx, person.code, stage.people["statistician1"]) or ""
    label = stage.do("coordinator1", labels.print_label, target=person.wristband, design="wristband", language="ru")
    stage.do("coordinator1", labels.confirm_label, scanned=label["symbol"])


def plan_and_order(stage: Stage, person: Person, first_on: date) -> int:
    """Plan eight infusions from a day, and order the first. Gives its number in the plan table."""
    stage.do("coordinator1", trial.plan_infusions, recipient=person.code, first_on=first_on)
    return order_next(stage, person)


def order_next(stage: Stage, person: Person) -> int:
    """The physician orders the next infusion of the plan."""
    with stage.installation.database.read() as tx:
        plan = trial_queries.plan_of(tx, person.code)
        weight = trial_queries.recipient_facts(tx, person.code).weight_g
    turn = next(one for one in plan if one.phase == "planned")
    dose = DOSE if person.arm == "MSC" else 0
    stage.do(
        "physician1",
        trial.order_infusion,
        infusion=turn.id,
        dose_cells_count=dose or DOSE,
        weight_kg=Decimal(weight) / 1000,
    )
    return turn.id
