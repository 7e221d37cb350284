data "infisical_secrets" "app" {
  env_slug     = "dev"
  workspace_id = "{{workspace_id}}"
  folder_path  = "/"
}

resource "infisical_secret" "plain" {
  env_slug    = "dev"
  folder_path = "/"
  name        = "PLAIN"
  value       = "official-{{canary}}-plain"
}

resource "infisical_secret" "full" {
  env_slug     = "dev"
  folder_path  = "/"
  workspace_id = "{{workspace_id}}"
  name         = "FULL"
  value        = "official-{{canary}}-full"
  tag_ids      = ["{{tag_b}}", "{{tag_a}}"]

  secret_reminder = {
    note        = "Rotate with the database"
    repeat_days = 30
  }

  metadata = {
    owner = "team-a"
    tier  = "1"
  }
}

resource "infisical_secret" "sparse" {
  env_slug        = "dev"
  folder_path     = "/app"
  name            = "SPARSE"
  value           = "official-{{canary}}-sparse"
  tag_ids         = []
  secret_reminder = { repeat_days = 7 }
  metadata        = {}
}

resource "infisical_secret" "imported" {
  env_slug    = "dev"
  folder_path = "/"
  name        = "IMPORTED"
  value       = "official-{{canary}}-imported"
}

resource "infisical_secret" "counted" {
  count = 2

  env_slug    = "dev"
  folder_path = "/"
  name        = "COUNTED_${count.index}"
  value       = ["zero", "one"][count.index]
}

resource "infisical_secret" "hidden" {
  env_slug         = "dev"
  folder_path      = "/app"
  name             = "HIDDEN"
  value_wo         = "written-only-{{canary}}"
  value_wo_version = 1
}
