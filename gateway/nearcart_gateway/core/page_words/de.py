"""German."""

from nearcart_gateway.core.page_words.words import PageWords

WORDS = PageWords(
    language="de",
    empty="Gerade kein Angebot für Sie. Lassen Sie diese Seite offen, während Sie sich umsehen.",
    stopped="Sie erhalten von uns keine Angebote mehr. Wenn Sie das ändern möchten, fragen Sie an der Kasse.",
    push_offer="Angebote auf dieses Telefon, solange Sie im Geschäft sind, auch wenn diese Seite geschlossen ist.",
    push_on="Dieses Telefon meldet Angebote, solange Sie im Geschäft sind.",
    notify="Benachrichtigen",
    notify_stop="Nicht mehr benachrichtigen",
    push_home="Für Benachrichtigungen legen Sie diese Seite auf den Startbildschirm und öffnen sie von dort.",
    push_blocked="Benachrichtigungen sind in den Einstellungen dieses Browsers gesperrt.",
    stop="Keine Angebote mehr",
    stop_sure="Sie erhalten dann keine Angebote von {store} mehr, auf keinem Bildschirm und keinem Telefon.",
    stop_yes="Ja, keine Angebote mehr",
    stop_no="Behalten",
    code="Code",
    until="Gültig bis {time}",
    lost="Seit {time} keine Verbindung. Es wird weiter versucht.",
    no_answer="Das Geschäft hat nicht geantwortet. Bitte noch einmal versuchen.",
    over="Hier war ein Angebot für Sie; es ist inzwischen vorbei.",
    wait="Zu viele Links, die nichts öffnen. Bitte in {seconds} s noch einmal versuchen.",
    no_page="Dieser Link öffnet nichts mehr. An der Kasse bekommen Sie einen neuen.",
    full="Zu viele Seiten sind offen. Schließen Sie eine, dann verbindet sich diese von selbst.",
    no_pushes="Dieses Geschäft schickt keine Benachrichtigungen.",
    not_its_service="An den Benachrichtigungsdienst dieses Browsers schickt das Geschäft nichts.",
    no_key="Das ist kein Schlüssel eines Browsers.",
    said_no="Sie haben Angebote abgelehnt. Wenn Sie das ändern möchten, fragen Sie an der Kasse.",
    busy="Das Geschäft ist gerade überlastet. Bitte gleich noch einmal versuchen.",
    not_hers="Das schickt diese Seite nicht.",
)
