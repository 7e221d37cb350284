output "names" {
  description = "Names of what was promoted."
  value       = local.names
}

output "fingerprints" {
  description = "By name, what changes when the value in the target does."
  value       = { for name, secret in infisical_secrets.target.secrets : name => secret.value_fingerprint }
}
