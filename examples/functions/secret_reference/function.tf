terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

variable "db_password" {
  type      = string
  sensitive = true
}

resource "infisical_secret" "db_password" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "DB_PASSWORD"
  value       = var.db_password
}

locals {
  db_password = provider::infisical::secret_reference(
    infisical_secret.db_password.env_slug,
    infisical_secret.db_password.folder_path,
    infisical_secret.db_password.name,
  )
}

# Its value is postgres://app:${dev.app.DB_PASSWORD}@db.example.com/app: whoever
# reads it gets the password as it is then.
resource "infisical_secret" "database_url" {
  env_slug = "dev"
  name     = "DATABASE_URL"
  value    = "postgres://app:${local.db_password}@db.example.com/app"
}
