"""French."""

from nearcart_gateway.core.page_words.words import PageWords

WORDS = PageWords(
    language="fr",
    empty="Pas d'offre pour vous en ce moment. Gardez cette page ouverte pendant votre visite.",
    stopped="Vous ne recevez plus d'offres de notre part. Pour changer cela, demandez à la caisse.",
    push_offer="Recevez les offres sur ce téléphone pendant votre visite, même si cette page est fermée.",
    push_on="Ce téléphone vous signale les offres pendant votre visite.",
    notify="Me prévenir",
    notify_stop="Ne plus me prévenir",
    push_home="Pour être prévenu, ajoutez cette page à l'écran d'accueil et ouvrez-la de là.",
    push_blocked="Les notifications sont bloquées dans les réglages de ce navigateur.",
    stop="Plus d'offres",
    stop_sure="Vous ne recevrez plus aucune offre de {store}, sur aucun écran ni aucun téléphone.",
    stop_yes="Oui, plus d'offres",
    stop_no="Les garder",
    code="Code",
    until="Valable jusqu'à {time}",
    lost="Pas de connexion depuis {time}. Nouvel essai.",
    no_answer="Le magasin n'a pas répondu. Réessayez.",
    over="Une offre vous attendait ici ; elle est terminée.",
    wait="Trop de liens qui n'ouvrent rien. Réessayez dans {seconds} s.",
    no_page="Ce lien n'ouvre plus rien. Demandez-en un autre à la caisse.",
    full="Trop de pages sont ouvertes. Fermez-en une, et celle-ci se connectera d'elle-même.",
    no_pushes="Ce magasin n'envoie pas de notifications.",
    not_its_service="Le magasin n'envoie rien au service de notification de ce navigateur.",
    no_key="Ce n'est pas la clé d'un navigateur.",
    said_no="Vous avez refusé les offres. Pour changer cela, demandez à la caisse.",
    busy="Le magasin est occupé. Réessayez dans un instant.",
    not_hers="Cette page n'envoie pas cela.",
)
