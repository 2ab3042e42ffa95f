"""The command cards on paper."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from cellchain.labels import card_sheet
from cellchain.labels.design import Language
from cellchain.web.access import access

router = APIRouter()


@router.get("/labels/cards/sheet")
@access("house.use")
def sheet(request: Request, language: Language = "both") -> Response:
    """All command cards on one page of A4, to cut apart."""
    document = card_sheet.document(language, demonstration=request.app.state.demonstration)
    head = {"content-disposition": 'inline; filename="command-cards.pdf"'}
    return Response(document, media_type="application/pdf", headers=head)
