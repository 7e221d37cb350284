terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

variable "from" {
  type = object({ env_slug = string, folder_path = string })
}

variable "to" {
  type = object({ env_slug = string, folder_path = string })
}

data "infisical_secrets_diff" "this" {
  left  = var.from
  right = var.to
}

output "different" {
  value = data.infisical_secrets_diff.this.different
}

output "only_left" {
  value = data.infisical_secrets_diff.this.only_left
}
