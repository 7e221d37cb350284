# The secrets of an end-to-end encrypted project, sealed in one of version 3, in
# one apply and without a value in the state. Comments stay behind: sealed mode
# keeps them in the clear.

data "infisical_secrets" "old" {
  provider = infisical.old

  env_slug       = var.from.env_slug
  folder_path    = var.from.folder_path
  include_values = false
}

ephemeral "infisical_secrets" "old" {
  provider = infisical.old

  env_slug    = var.from.env_slug
  folder_path = var.from.folder_path
}

locals {
  names = toset([for name in data.infisical_secrets.old.names : name if !contains(var.except, name)])
}

resource "infisical_secrets" "sealed" {
  provider = infisical.new

  env_slug    = var.to.env_slug
  folder_path = var.to.folder_path

  secrets = {
    for name in local.names : name => {
      value_wo         = ephemeral.infisical_secrets.old.values[name]
      value_wo_version = var.revision
    }
  }
}
