"""How tests are done: methods in versions, which of them reads a test, and what a reading has to name. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

TESTS_MAX = 30


class MethodPhase(Phase):
    """One version of a name is effective at a time; the next one retires it."""

    DRAFT = "draft"
    EFFECTIVE = "effective"
    RETIRED = "retired"


METHOD = Lifecycle(
    "method",
    first=MethodPhase.DRAFT,
    moves={
        "approve_method": ([MethodPhase.DRAFT], MethodPhase.EFFECTIVE),
        "retire_method": ([MethodPhase.DRAFT, MethodPhase.EFFECTIVE], MethodPhase.RETIRED),
    },
    final=[MethodPhase.RETIRED],
)

# What the methods that the house brings along are called; a site's own are shown by the title that they were given.
TITLES: Mapping[str, T] = {
    "automated_count": T("Automated count with dye exclusion"),
    "weighing": T("Weighing"),
    "inspection": T("Inspection by eye"),
    "phase_contrast": T("Phase contrast microscopy"),
    "phenotype": T("Phenotype by flow cytometry"),
    "chromogenic_endotoxin": T("Chromogenic endotoxin test"),
    "gram_microscopy": T("Gram stain, microscopy"),
    "mycoplasma_pcr": T("Mycoplasma by PCR"),
    "g_banding": T("Karyotype by G-banding"),
    "automated_culture": T("Automated culture"),
    "directed_differentiation": T("Directed differentiation with staining"),
}


@dataclass(frozen=True)
class Method:
    """One version of a way to do some tests. `instrument` is the kind of equipment it reads them with, if any.

    A panel reads all its tests from one measurement, so that they are entered together.
    """

    id: int
    name: str
    version: int
    title: str
    procedure: str
    tests: tuple[str, ...]
    instrument: str | None
    is_panel: bool
    retests: int
    phase: MethodPhase

    @property
    def words(self) -> T:
        """What the method is called."""
        return TITLES.get(self.name) or T(self.title)


def may_draft(tests: Sequence[str], *, is_panel: bool) -> None:
    """A method reads each of its tests once, and a panel reads several."""
    if len(set(tests)) < len(tests):
        raise Refused("method.test_twice", "A test stands twice in this method. Name each of its tests once.")
    if is_panel and len(tests) < 2:
        raise Refused("method.panel_of_one", "A panel reads several tests from one measurement. Name them all.")


def may_approve(drafted_by: str, by: str) -> None:
    """Whoever wrote a method does not approve it."""
    if by == drafted_by:
        raise Refused("method.own_draft", "You drafted this method. Another person has to approve it.")


def chosen(methods: Sequence[Method], test: str, named: int | None) -> Method:
    """The effective method that a test is read with: the one that was named, else the only one there is.

    Raises Refused `method.none_effective`, `.not_for_test`, `.choose_one`.
    """
    fitting = [method for method in methods if method.phase is MethodPhase.EFFECTIVE and test in method.tests]
    if named is not None:
        found = next((method for method in fitting if method.id == named), None)
        if found is None:
            raise Refused(
                "method.not_for_test",
                "This method is not effective for the test “{test}”. Choose one that is.",
                test=test.replace("_", " "),
            )
        return found
    if not fitting:
        raise Refused(
            "method.none_effective",
            "No method is effective for the test “{test}”. Ask QA to approve one.",
            test=test.replace("_", " "),
        )
    if len(fitting) > 1:
        raise Refused(
            "method.choose_one",
            "More than one method reads the test “{test}”. Say which one was used.",
            test=test.replace("_", " "),
        )
    return fitting[0]


def may_read(method: Method, *, outside: bool, instrument: str | None, report: str | None, has_value: bool) -> None:
    """What a reading names: our instrument where the method has one, the report where another laboratory read it."""
    if outside:
        if instrument is not None:
            raise Refused(
                "method.instrument_not_ours",
                "A contract laboratory has this sample and reads it with its own equipment. Leave the instrument out.",
            )
        if has_value and not report:
            raise Refused(
                "result.report_needed",
                "A contract laboratory read this test. Enter the number of its report beside the value.",
            )
    elif method.instrument is not None and instrument is None:
        raise Refused(
            "method.instrument_needed",
            "{method} is read with equipment: {kind}. Scan what was used.",
            method=method.words,
            kind=T(method.instrument.replace("_", " ").capitalize()),
        )
    elif method.instrument is None and instrument is not None:
        raise Refused(
            "method.no_instrument", "{method} uses no equipment. Leave the instrument out.", method=method.words
        )


def is_whole(method: Method, asked: Iterable[str], entered: Sequence[str]) -> None:
    """A panel is entered whole: each marker that the specification asks for, once, and nothing beside them.

    Raises Refused `panel.not_a_panel`, `panel.marker_twice`, `panel.unknown_marker`, `panel.incomplete`.
    """
    if not method.is_panel:
        raise Refused("panel.not_a_panel", "{method} reads one test at a time. Enter its result.", method=method.words)
    if len(set(entered)) < len(entered):
        raise Refused("panel.marker_twice", "A marker stands twice in this panel. Enter each of them once.")
    needed = [test for test in asked if test in method.tests]
    strange = [test for test in entered if test not in needed]
    if strange:
        raise Refused(
            "panel.unknown_marker",
            "“{marker}” is no marker of this panel at this stage. Enter the markers that the specification asks for.",
            marker=strange[0].replace("_", " "),
        )
    missing = [test for test in needed if test not in entered]
    if missing or not needed:
        raise Refused(
            "panel.incomplete",
            "The panel is not whole: “{marker}” is missing. Enter every marker, or nothing.",
            marker=(missing or [method.name])[0].replace("_", " "),
        )
