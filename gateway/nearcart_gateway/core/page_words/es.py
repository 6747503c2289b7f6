"""Spanish."""

from nearcart_gateway.core.page_words.words import PageWords

WORDS = PageWords(
    language="es",
    empty="Ahora mismo no hay ofertas para usted. Deje esta página abierta durante su visita.",
    stopped="Ya no recibe ofertas nuestras. Si quiere cambiarlo, pregunte en la caja.",
    push_offer="Reciba ofertas en este teléfono mientras esté en la tienda, aunque cierre esta página.",
    push_on="Este teléfono le avisa de las ofertas mientras está en la tienda.",
    notify="Avisarme",
    notify_stop="No avisarme más",
    push_home="Para recibir avisos, añada esta página a la pantalla de inicio y ábrala desde allí.",
    push_blocked="Las notificaciones están bloqueadas en los ajustes de este navegador.",
    stop="No más ofertas",
    stop_sure="No recibirá más ofertas de {store}, en ninguna pantalla ni en ningún teléfono.",
    stop_yes="Sí, no más ofertas",
    stop_no="Seguir recibiéndolas",
    code="Código",
    until="Válida hasta las {time}",
    lost="Sin conexión desde las {time}. Se intenta de nuevo.",
    no_answer="La tienda no ha respondido. Inténtelo de nuevo.",
    over="Aquí había una oferta para usted; ya ha terminado.",
    wait="Demasiados enlaces que no abren nada. Inténtelo de nuevo en {seconds} s.",
    no_page="Este enlace ya no abre nada. Pida otro en la caja.",
    full="Hay demasiadas páginas abiertas. Cierre una y esta se conectará sola.",
    no_pushes="Esta tienda no envía avisos.",
    not_its_service="La tienda no envía nada al servicio de avisos de este navegador.",
    no_key="Esta no es la clave de un navegador.",
    said_no="Usted rechazó las ofertas. Si quiere cambiarlo, pregunte en la caja.",
    busy="La tienda está ocupada. Inténtelo de nuevo en un momento.",
    not_hers="Esta página no envía eso.",
)
