# `terraform query` prints what is found. With -generate-config-out=folders.tf it
# also writes an import block and a resource for each folder.
list "infisical_folder" "all" {
  provider         = infisical
  include_resource = true # needed to generate the resources

  config {
    env_slug  = "dev"
    recursive = true # and all folders below
  }
}
