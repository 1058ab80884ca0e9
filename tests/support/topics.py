"""The model case as configuration."""

TOPIC = """
[[entities]]
name = "kim-jong-un"
aliases = ["Kim Jong Un", "North Korean leader"]

[[entities]]
name = "putin"
aliases = ["Putin", "Vladimir Putin"]

[[entities]]
name = "kremlin"
aliases = ["Kremlin", "Peskov"]

[[entities]]
name = "kcna"
aliases = ["KCNA", "Korean Central News Agency"]

[[topics]]
name = "Kim-Putin summit"
query = '@kim-jong-un NEAR/40 @putin AND (summit OR meet* OR talks OR visit* OR train)'
sources = [1, 3]
parties = ["@kremlin", "@kcna"]
"""
