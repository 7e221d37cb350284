terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

data "infisical_folders" "all" {
  env_slug  = "dev"
  recursive = true
}

# A secret in each of them.
resource "infisical_secret" "log_level" {
  for_each    = data.infisical_folders.all.paths
  env_slug    = "dev"
  folder_path = each.key
  name        = "LOG_LEVEL"
  value       = "info"
}
