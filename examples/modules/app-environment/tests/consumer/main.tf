# Another provider with write-only arguments, played by a folder of its own.

terraform {
  required_providers {
    infisical = {
      source = "infisical-e2ee/infisical"
    }
  }
}

variable "names" {
  type    = set(string)
  default = null
}

module "environment" {
  source = "../.."

  env_slug    = "dev"
  folder_path = "/environment"
  names       = var.names
}

resource "infisical_folder" "consumer" {
  env_slug = "dev"
  name     = "consumer"
}

resource "infisical_secret" "consumer" {
  for_each = module.environment.names

  env_slug    = "dev"
  folder_path = infisical_folder.consumer.path
  name        = each.key
  value_wo    = module.environment.values[each.key]
}


output "revision" {
  value = module.environment.revision
}

output "names" {
  value = module.environment.names
}
