resource "infisical_secret" "database" {
  env_slug    = "dev"
  folder_path = "/"
  name        = "DB_PASSWORD"
  value       = "official-{{canary}}-database"
}
