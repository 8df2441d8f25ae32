"""The words that names, titles and addresses are made of."""

from __future__ import annotations

CITIES = {
    "DE": ("Berlin", "Hamburg", "Köln"),
    "FR": ("Paris", "Lyon", "Lille"),
    "IT": ("Milano", "Roma", "Torino"),
    "ES": ("Madrid", "Valencia", "Bilbao"),
    "PL": ("Warszawa", "Kraków", "Gdańsk"),
    "NL": ("Amsterdam", "Utrecht", "Eindhoven"),
}
STREETS = (
    "Garden", "Mill", "Station", "Church", "Market", "River", "Park", "Hill", "Bridge", "School", "Forest",
    "Harbour", "Castle", "Meadow", "Orchard", "Spring", "Tower", "Lake", "Canal", "Linden", "Rose", "Factory",
    "Abbey", "Field",
)  # fmt: skip
SYLLABLES = (
    "lu", "vo", "ra", "ze", "mi", "ta", "ko", "ri", "ne", "sa", "do", "pe", "xi", "ba", "fu", "lin", "mar",
    "tor", "vel", "san", "kel", "dra", "fen", "gar", "hal", "jun", "nor", "pol", "quin", "ros", "syl", "wen",
)  # fmt: skip
SHOP_WORDS = (
    "Trading", "Store", "Outlet", "Direct", "Home", "Market", "Supply", "Studio", "House", "Goods", "Depot",
    "Bazaar", "Collective", "Factory", "Shop", "Works",
)  # fmt: skip
FIRST_NAMES = (
    "luna", "mia", "noah", "leo", "emma", "finn", "lea", "nina", "sofia", "luca", "marta", "hugo", "zoe", "anton",
    "clara", "jonas", "elena", "pablo", "ines", "ola", "kasia", "bram", "sanne", "jules",
)  # fmt: skip
ADJECTIVES = (
    "Slim", "Classic", "Vintage", "Modern", "Compact", "Portable", "Deluxe", "Premium", "Casual", "Elegant",
    "Lightweight", "Heavy Duty", "Foldable", "Adjustable", "Waterproof", "Breathable", "Handmade", "Minimalist",
    "Retro", "Cosy", "Sturdy", "Soft", "Bright", "Silent", "Quick", "Smart", "Mini", "Large", "Double", "Reusable",
)  # fmt: skip
COLOURS = (
    "Black", "White", "Navy Blue", "Sky Blue", "Forest Green", "Olive", "Burgundy", "Scarlet", "Coral", "Sand",
    "Beige", "Charcoal", "Silver", "Gold", "Rose", "Lavender", "Mint", "Mustard", "Turquoise", "Chocolate",
)  # fmt: skip
FEATURES = (
    "with Zip Pocket", "with Storage Bag", "for Women", "for Men", "for Kids", "with Gift Box", "for Travel",
    "with Remote", "for Small Rooms", "with Magnetic Lid", "for Daily Use", "with Spare Parts", "for Beginners",
    "with Leather Strap", "for Outdoor", "with Soft Lining", "for Office", "with Timer", "with Long Handle",
    "for Winter", "for Summer", "with Silicone Grip", "with Carry Case", "for Two Persons",
)  # fmt: skip
# Category -> materials and nouns of its titles.
CATEGORIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fashion": (
        ("Cotton", "Linen", "Wool", "Denim", "Silk", "Corduroy"),
        ("Jacket", "Dress", "Hoodie", "Shirt", "Cardigan", "Skirt", "Trousers", "Scarf", "Coat", "Pyjamas"),
    ),
    "beauty": (
        ("Aloe", "Argan", "Vitamin C", "Charcoal", "Jojoba", "Rosehip"),
        ("Face Cream", "Shampoo", "Lip Balm", "Serum", "Body Lotion", "Eye Mask", "Hair Oil", "Nail Kit",
         "Brush Set", "Perfume"),
    ),
    "electronics": (
        ("Bluetooth", "Wireless", "Solar", "USB", "LED", "Rechargeable"),
        ("Headphones", "Speaker", "Power Bank", "Keyboard", "Camera", "Projector", "Charger", "Watch", "Router",
         "Microphone"),
    ),
    "kitchen": (
        ("Steel", "Ceramic", "Bamboo", "Glass", "Cast Iron", "Silicone"),
        ("Frying Pan", "Knife Set", "Teapot", "Lunch Box", "Spice Rack", "Blender", "Cutting Board", "Kettle",
         "Baking Tray", "Coffee Mill"),
    ),
    "toys": (
        ("Wooden", "Plush", "Magnetic", "Foam", "Musical", "Cardboard"),
        ("Puzzle", "Building Blocks", "Train Set", "Doll House", "Kite", "Board Game", "Teddy Bear", "Race Track",
         "Drum Kit", "Play Tent"),
    ),
    "sports": (
        ("Nylon", "Carbon", "Rubber", "Neoprene", "Aluminium", "Mesh"),
        ("Yoga Mat", "Dumbbells", "Running Belt", "Bike Light", "Tennis Bag", "Skipping Rope", "Water Bottle",
         "Tent", "Climbing Rope", "Swim Goggles"),
    ),
    "home": (
        ("Velvet", "Oak", "Rattan", "Marble", "Jute", "Brass"),
        ("Cushion", "Table Lamp", "Curtain", "Bookshelf", "Carpet", "Wall Clock", "Blanket", "Mirror", "Vase",
         "Candle Holder"),
    ),
    "garden": (
        ("Teak", "Terracotta", "Galvanised", "Willow", "Stone", "Recycled"),
        ("Planter", "Hose Reel", "Bird House", "Pruning Shears", "Hammock", "Compost Bin", "Greenhouse",
         "Fire Bowl", "Rake", "Watering Can"),
    ),
    "pets": (
        ("Sisal", "Fleece", "Suede", "Wicker", "Canvas", "Memory Foam"),
        ("Dog Bed", "Cat Tree", "Dog Leash", "Pet Carrier", "Feeding Bowl", "Scratching Post", "Dog Coat",
         "Aquarium Pump", "Hamster Wheel", "Bird Cage"),
    ),
    "jewellery": (
        ("Pearl", "Titanium", "Amber", "Opal", "Copper", "Enamel"),
        ("Necklace", "Bracelet", "Earrings", "Ring", "Brooch", "Anklet", "Cufflinks", "Pendant", "Hair Clip",
         "Charm"),
    ),
}  # fmt: skip
# What a copier adds to a title: text that says nothing.
FILLER = (
    "new 2024 hot deal top quality best price fast shipping limited offer bestseller original vip outlet 50% off "
    "free returns genuine brand new in box quick dispatch must have trending now clearance jumbo value "
)
CONTENT_WORDS = (
    "Sunday Deals", "Unboxing", "Try On", "Haul", "New Arrivals", "Best Finds", "Live Sale", "Style Hour",
    "Kitchen Talk", "Honest Review", "Under 20 Euro", "Gift Ideas",
)  # fmt: skip
