"""Dutch."""

from nearcart_gateway.core.page_words.words import PageWords

WORDS = PageWords(
    language="nl",
    empty="Nu even geen aanbieding voor u. Laat deze pagina open terwijl u rondkijkt.",
    stopped="U krijgt geen aanbiedingen meer van ons. Vraag aan de kassa als u dat wilt veranderen.",
    push_offer="Krijg aanbiedingen op deze telefoon zolang u in de winkel bent, ook als deze pagina dicht is.",
    push_on="Deze telefoon meldt aanbiedingen zolang u in de winkel bent.",
    notify="Stuur meldingen",
    notify_stop="Geen meldingen meer",
    push_home="Zet deze pagina op uw beginscherm en open haar daar om meldingen te krijgen.",
    push_blocked="Meldingen zijn geblokkeerd in de instellingen van deze browser.",
    stop="Geen aanbiedingen meer",
    stop_sure="U krijgt dan geen aanbiedingen meer van {store}, op geen scherm en geen telefoon.",
    stop_yes="Ja, geen aanbiedingen meer",
    stop_no="Houden",
    code="Code",
    until="Geldig tot {time}",
    lost="Geen verbinding sinds {time}. Er wordt opnieuw geprobeerd.",
    no_answer="De winkel antwoordde niet. Probeer het opnieuw.",
    over="Hier was een aanbieding voor u; die is nu voorbij.",
    wait="Te veel links die niets openen. Probeer het over {seconds} s opnieuw.",
    no_page="Deze link opent niets meer. Vraag aan de kassa om een nieuwe.",
    full="Er staan te veel pagina's open. Sluit er een, dan maakt deze vanzelf verbinding.",
    no_pushes="Deze winkel stuurt geen meldingen.",
    not_its_service="Naar de meldingsdienst van deze browser stuurt de winkel niets.",
    no_key="Dit is geen sleutel van een browser.",
    said_no="U wilde geen aanbiedingen. Vraag aan de kassa als u dat wilt veranderen.",
    busy="De winkel heeft het druk. Probeer het zo opnieuw.",
    not_hers="Dat stuurt deze pagina niet.",
)
