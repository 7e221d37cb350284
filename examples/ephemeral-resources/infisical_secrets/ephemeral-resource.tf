terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

ephemeral "infisical_secrets" "app" {
  env_slug    = "dev"
  folder_path = "/app"
}

# Copied to another environment without a trace: the values are neither in the
# state nor in a plan. Terraform takes no names from an ephemeral resource, so
# they are written here.
resource "infisical_secret" "staging" {
  for_each = toset(["API_KEY"])

  env_slug    = "staging"
  folder_path = "/app"
  name        = each.key
  value_wo    = ephemeral.infisical_secrets.app.values[each.key]
}
