terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

variable "secrets" {
  type = map(string)
}

variable "existing" {
  type    = map(string)
  default = {}
}

resource "infisical_folder" "this" {
  for_each = toset(["dev", "prod"])

  env_slug     = each.key
  name         = "promote"
  force_delete = true # what the module under test leaves
}

resource "infisical_secrets" "source" {
  env_slug    = "dev"
  folder_path = infisical_folder.this["dev"].path
  secrets     = { for name, value in var.secrets : name => { value = value } }
}

resource "infisical_secrets" "existing" {
  env_slug    = "prod"
  folder_path = infisical_folder.this["prod"].path
  secrets     = { for name, value in var.existing : name => { value = value } }
}
