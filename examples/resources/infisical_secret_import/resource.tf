terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

resource "infisical_folder" "shared" {
  env_slug = "prod"
  name     = "shared"
}

# Whoever reads dev:/ with imports also sees the secrets of prod:/shared.
resource "infisical_secret_import" "shared" {
  env_slug           = "dev"
  import_env_slug    = "prod"
  import_folder_path = infisical_folder.shared.path
}

# Several: where they bring the same name, the highest position wins.
locals {
  sources = ["staging", "prod"] # the later, the stronger
}

resource "infisical_secret_import" "app" {
  for_each           = { for index, slug in local.sources : slug => index + 1 }
  env_slug           = "dev"
  folder_path        = infisical_folder.overlay.path
  import_env_slug    = each.key
  import_folder_path = "/app"
  position           = each.value
}

resource "infisical_folder" "overlay" {
  env_slug = "dev"
  name     = "overlay"
}
