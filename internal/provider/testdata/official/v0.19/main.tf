resource "infisical_secret" "full" {
  env_slug    = "dev"
  folder_path = "/"
  name        = "FULL"
  value       = "official-{{canary}}-full"
  tag_ids     = ["{{tag_b}}", "{{tag_a}}"]

  secret_reminder = {
    note        = "Rotate with the database"
    repeat_days = 365
  }

  metadata = {
    owner = "team-a"
  }
}

resource "infisical_secret" "each" {
  for_each = toset(["A", "B"])

  env_slug    = "prod"
  folder_path = "/"
  name        = each.key
  value       = "official-{{canary}}-${lower(each.key)}"
}

resource "infisical_secret" "hidden" {
  env_slug         = "dev"
  folder_path      = "/"
  name             = "HIDDEN"
  value_wo         = "written-only-{{canary}}"
  value_wo_version = 1
}
