terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

variable "password" {
  type = string
}

resource "infisical_folder" "app" {
  env_slug = "dev"
  name     = "environment"
}

resource "infisical_folder" "shared" {
  env_slug = "dev"
  name     = "shared"
}

resource "infisical_secrets" "app" {
  env_slug    = "dev"
  folder_path = infisical_folder.app.path

  secrets = {
    DB_PASSWORD = { value = var.password }
    DB_URL      = { value = "postgres://app:$${DB_PASSWORD}@db" }
  }
}

resource "infisical_secrets" "shared" {
  env_slug    = "dev"
  folder_path = infisical_folder.shared.path
  secrets     = { LOG_LEVEL = { value = "info" } }
}

resource "infisical_secret_import" "shared" {
  env_slug           = "dev"
  folder_path        = infisical_folder.app.path
  import_env_slug    = "dev"
  import_folder_path = infisical_folder.shared.path
  depends_on         = [infisical_secrets.shared]
}
