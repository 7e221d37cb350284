# What an application reads from its environment, without a value in the state:
# names and fingerprints from a data source that brings no values, the values
# from an ephemeral resource.

data "infisical_secrets" "this" {
  env_slug        = var.env_slug
  folder_path     = var.folder_path
  include_imports = var.include_imports
  include_values  = false
}

ephemeral "infisical_secrets" "this" {
  env_slug          = var.env_slug
  folder_path       = var.folder_path
  include_imports   = var.include_imports
  expand_references = var.expand_references
  name_regex        = local.name_regex
}

locals {
  wanted = var.names == null ? data.infisical_secrets.this.names : var.names
  names  = setintersection(local.wanted, data.infisical_secrets.this.names)

  # Chosen here and not by an expression in the output: that has to be
  # ephemeral as a whole.
  name_regex = var.names == null ? null : "^(${join("|", [for name in var.names : replace(name, "/[^A-Za-z0-9_]/", "\\$0")])})$"
}
