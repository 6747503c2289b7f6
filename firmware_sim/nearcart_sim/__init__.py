"""Virtual beacons, radio, shoppers and a virtual BlueZ: a store without hardware."""
