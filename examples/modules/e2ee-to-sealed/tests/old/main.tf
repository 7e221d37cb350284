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

resource "infisical_folder" "this" {
  env_slug = "dev"
  name     = "e2ee-to-sealed"
}

resource "infisical_secrets" "this" {
  env_slug    = "dev"
  folder_path = infisical_folder.this.path
  secrets     = { for name, value in var.secrets : name => { value = value } }
}
