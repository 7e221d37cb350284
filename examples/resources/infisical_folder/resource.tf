terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

resource "infisical_folder" "billing" {
  env_slug = "dev"
  name     = "billing"
}

resource "infisical_folder" "db" {
  env_slug    = "dev"
  parent_path = infisical_folder.billing.path
  name        = "db"
}

variable "db_password" {
  type      = string
  sensitive = true
}

# Takes its place from the folder, so that it is created after it and destroyed
# before it.
resource "infisical_secret" "db_password" {
  env_slug    = "dev"
  folder_path = infisical_folder.db.path
  name        = "PASSWORD"
  value       = var.db_password
}

# The same folder in every environment.
data "infisical_environments" "all" {}

resource "infisical_folder" "reports" {
  for_each = data.infisical_environments.all.slugs
  env_slug = each.key
  name     = "reports"

  # Destroying it deletes everything that is in it by then.
  force_delete = true
}
