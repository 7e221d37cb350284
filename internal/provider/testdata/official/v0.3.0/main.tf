resource "infisical_secret" "database" {
  env_slug    = "dev"
  folder_path = "/"
  name        = "DB_PASSWORD"
  value       = "official-{{canary}}-database"
}

resource "infisical_secret" "in_folder" {
  env_slug     = "dev"
  folder_path  = "/app/"
  workspace_id = "{{workspace_id}}"
  name         = "TOKEN"
  value        = "several\nlines, \"quotes\", $${not} a template and ünïcode € {{canary}}"
}

resource "infisical_secret" "each" {
  for_each = {
    LOG_LEVEL = "debug"
    REGION    = ""
  }

  env_slug    = "staging"
  folder_path = "/"
  name        = each.key
  value       = each.value
}
