# The credential and the id of the new project, on their way from the environment to the
# provider: terraform test hands variables to modules alone.

variable "new_project_token" {
  type = string
}

output "new_project_token" {
  value = var.new_project_token
}

variable "new_project_id" {
  type = string
}

output "new_project_id" {
  value = var.new_project_id
}
