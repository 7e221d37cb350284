terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_secrets" "app" {
  env_slug    = "dev"
  folder_path = "/app"
}

# One secret of the folder.
output "api_key" {
  value     = data.infisical_secrets.app.values["API_KEY"]
  sensitive = true
}

# Every secret of the folder, here copied to another environment. The names are
# not sensitive, so that for_each takes them; the values remain sensitive.
resource "infisical_secret" "staging" {
  for_each = data.infisical_secrets.app.names

  env_slug    = "staging"
  folder_path = "/app"
  name        = each.key
  value       = data.infisical_secrets.app.values[each.key]
}

# All API keys, wherever they are: in this folder, in those below, or in what
# one of them imports.
data "infisical_secrets" "api_keys" {
  env_slug          = "dev"
  folder_path       = "/"
  recursive         = true
  include_imports   = true
  expand_references = true
  name_regex        = "(^|_)API_KEY$"
}

# As the text of a .env file, for what wants one.
output "dotenv" {
  value     = data.infisical_secrets.api_keys.dotenv
  sensitive = true
}
