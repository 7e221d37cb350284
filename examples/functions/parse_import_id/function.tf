terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

# Secrets to take over, by the ids that imports take.
locals {
  secrets = {
    for id in ["dev:/app:API_KEY", "dev:/app:PARTNER_SERVICE_TOKEN"] : id => provider::infisical::parse_import_id(id)
  }
}

import {
  for_each = local.secrets
  to       = infisical_secret.existing[each.key]
  id       = each.key
}

# Without a value, the one on the server stays as it is and out of the state.
resource "infisical_secret" "existing" {
  for_each = local.secrets

  workspace_id = each.value.workspace_id # null, for the token's own project
  env_slug     = each.value.env_slug
  folder_path  = each.value.folder_path
  name         = each.value.name
}
