"""English."""

from nearcart_gateway.core.page_words.words import PageWords

WORDS = PageWords(
    language="en",
    empty="No offer for you just now. Keep this page open while you look around.",
    stopped="You get no offers from us any more. Ask at the counter to change that.",
    push_offer="Get offers on this phone while you are in the store, though this page is closed.",
    push_on="This phone is notified of offers while you are in the store.",
    notify="Notify me",
    notify_stop="Stop notifying me",
    push_home="To be notified, put this page on your home screen and open it from there.",
    push_blocked="Notifications are blocked in this browser's settings.",
    stop="No more offers",
    stop_sure="You will get no offers from {store} any more, on no screen and no phone.",
    stop_yes="Yes, no more offers",
    stop_no="Keep them",
    code="Code",
    until="Good until {time}",
    lost="No connection since {time}. Trying again.",
    no_answer="The store did not answer. Try again.",
    over="An offer was here for you; it is over now.",
    wait="Too many links that open nothing. Try again in {seconds} s.",
    no_page="This link opens nothing any more. Ask at the counter for a new one.",
    full="Too many pages are open. Close one, and this one connects by itself.",
    no_pushes="This store sends no pushes.",
    not_its_service="This browser's push service is not one that the store sends to.",
    no_key="This is no key of a browser.",
    said_no="You said no to offers. Ask at the counter to change that.",
    busy="The store is busy. Try again in a moment.",
    not_hers="This is not what her page sends.",
)
