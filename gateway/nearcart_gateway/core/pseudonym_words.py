"""128 kind adjectives and 128 animals: 16,384 pseudonyms. Changing a word renames people on the page, and nothing else."""

_ADJECTIVES = """
agile alert amber amiable ample apricot ardent azure balmy beaming bold bouncy brave bright brisk bronze
bubbly calm candid caring cherry chipper civil clever comic copper cosy crimson crisp curious dapper daring
dawn deft devoted dewy eager early easy emerald fabled fair fancy fearless festive floral fond frank free
fresh friendly frosty gallant gentle genuine gilded ginger glad golden graceful grand green handy happy
harvest hazel hearty helpful honest hopeful humble ivory jade jaunty jolly joyful keen lavender lemon light
lilac lively loyal lucky magic maple mellow merry mighty mild misty modest neat nimble noble olive patient
peachy pearl placid playful plucky polite quick quiet radiant ready rosy ruby sage sandy scarlet serene silver
smart snowy spry steady sunny swift teal thoughtful tranquil trusty vivid warm wise witty
"""

_ANIMALS = """
albatross alpaca antelope auk avocet bat bear beaver bee bison bluebird bobcat buffalo butterfly camel caribou
cat cheetah chickadee chinchilla condor coyote crane crow cuckoo deer dingo dolphin dormouse dove duck eagle
eider elk ermine ferret finch flamingo fox gannet gazelle gibbon giraffe goose grouse guppy hare hawk heron
hoopoe horse hummingbird ibis iguana jackdaw jaguar jay kingfisher kite koala koi lapwing lark lemur leopard
lion lizard llama lynx macaw mallard manatee marten meerkat mongoose moorhen moth mouse newt nightingale
ocelot octopus oriole oryx otter owl oyster panther parrot pelican penguin petrel pheasant pika plover
porcupine puffin puma quokka rabbit raven reindeer rook salamander sandpiper seahorse serval shrike siskin
sparrow squirrel starling stork swan tapir thrush tiger tortoise toucan trout vole wagtail warbler waxwing
whale wombat wren yak
"""

ADJECTIVES: tuple[str, ...] = tuple(_ADJECTIVES.split())
ANIMALS: tuple[str, ...] = tuple(_ANIMALS.split())
