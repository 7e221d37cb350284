terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_secrets_diff" "app" {
  left = {
    env_slug    = "dev"
    folder_path = "/app"
  }
  right = {
    env_slug    = "staging"
    folder_path = "/app"
  }
}

# Warns in every plan until both have the same names.
check "staging_has_all_secrets" {
  assert {
    condition     = length(data.infisical_secrets_diff.app.only_left) == 0
    error_message = "Not in staging: ${join(", ", data.infisical_secrets_diff.app.only_left)}."
  }
}

output "in_sync" {
  value = data.infisical_secrets_diff.app.in_sync
}
