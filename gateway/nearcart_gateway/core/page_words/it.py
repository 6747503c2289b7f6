"""Italian."""

from nearcart_gateway.core.page_words.words import PageWords

WORDS = PageWords(
    language="it",
    empty="Al momento nessuna offerta per lei. Lasci aperta questa pagina durante la visita.",
    stopped="Non riceve più offerte da noi. Per cambiare, chieda alla cassa.",
    push_offer="Riceva le offerte su questo telefono mentre è in negozio, anche se la pagina è chiusa.",
    push_on="Questo telefono le segnala le offerte mentre è in negozio.",
    notify="Avvisami",
    notify_stop="Non avvisarmi più",
    push_home="Per ricevere gli avvisi, aggiunga questa pagina alla schermata Home e la apra da lì.",
    push_blocked="Le notifiche sono bloccate nelle impostazioni di questo browser.",
    stop="Niente più offerte",
    stop_sure="Non riceverà più offerte da {store}, su nessuno schermo e nessun telefono.",
    stop_yes="Sì, niente più offerte",
    stop_no="Continua a riceverle",
    code="Codice",
    until="Valida fino alle {time}",
    lost="Nessuna connessione dalle {time}. Nuovo tentativo.",
    no_answer="Il negozio non ha risposto. Riprovi.",
    over="Qui c'era un'offerta per lei; ora è finita.",
    wait="Troppi link che non aprono nulla. Riprovi tra {seconds} s.",
    no_page="Questo link non apre più nulla. Ne chieda uno nuovo alla cassa.",
    full="Ci sono troppe pagine aperte. Ne chiuda una e questa si collegherà da sola.",
    no_pushes="Questo negozio non invia avvisi.",
    not_its_service="Il negozio non invia nulla al servizio di avvisi di questo browser.",
    no_key="Questa non è la chiave di un browser.",
    said_no="Ha rifiutato le offerte. Per cambiare, chieda alla cassa.",
    busy="Il negozio è occupato. Riprovi tra un momento.",
    not_hers="Questa pagina non invia questo.",
)
