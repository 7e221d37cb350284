# The secrets of one place in another, without a value in the state: they go
# from an ephemeral resource into write-only attributes, and are written where
# they differ from what is there.

data "infisical_secrets" "source" {
  env_slug       = var.from.env_slug
  folder_path    = var.from.folder_path
  include_values = false
}

ephemeral "infisical_secrets" "source" {
  env_slug    = var.from.env_slug
  folder_path = var.from.folder_path
}

locals {
  names = toset([for name in data.infisical_secrets.source.names : name if !contains(var.except, name)])
}

resource "infisical_secrets" "target" {
  env_slug    = var.to.env_slug
  folder_path = var.to.folder_path
  on_existing = "adopt"
  exclusive   = var.exclusive

  secrets = {
    for name in local.names : name => { value_wo = ephemeral.infisical_secrets.source.values[name] }
  }
}
