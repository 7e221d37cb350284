# A folder for each service, with passwords that are made up here and that
# nobody sees, and settings that anybody may.

resource "infisical_folder" "service" {
  for_each = var.services

  env_slug    = var.env_slug
  parent_path = var.parent_path
  name        = each.key
}

locals {
  passwords = merge([
    for service, s in var.services : {
      for name in s.passwords : "${service}/${name}" => name
    }
  ]...)
}

# Another one on every run: what is written, and when, is up to the version.
ephemeral "random_password" "this" {
  for_each = local.passwords

  length  = var.password_length
  special = false
}

resource "infisical_secrets" "service" {
  for_each = var.services

  env_slug    = var.env_slug
  folder_path = infisical_folder.service[each.key].path

  secrets = merge(
    { for name, value in each.value.settings : name => {
      value            = value
      value_wo         = null
      value_wo_version = null
    } },
    { for name in each.value.passwords : name => {
      value            = null
      value_wo         = ephemeral.random_password.this["${each.key}/${name}"].result
      value_wo_version = var.password_version
    } },
  )
}
