# `terraform query` prints what is found. With -generate-config-out=secrets.tf it
# also writes an import block and a resource for each secret, without its value:
# applied as they are, they leave all values as they are and out of the state.
list "infisical_secret" "app" {
  provider         = infisical
  include_resource = true # needed to generate the resources

  config {
    env_slug    = "dev"
    folder_path = "/app"
    recursive   = true # and all folders below
  }
}
