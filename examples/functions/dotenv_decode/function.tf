terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

# A file beside this one that is not in version control.
locals {
  settings = provider::infisical::dotenv_decode(sensitive(file("${path.module}/app.env")))
}

# Each of its lines as a secret. The names are not sensitive, so that for_each
# takes them; the values remain sensitive.
resource "infisical_secret" "setting" {
  for_each = nonsensitive(toset(keys(local.settings)))

  env_slug    = "staging"
  folder_path = "/app"
  name        = each.key
  value       = local.settings[each.key]
}
