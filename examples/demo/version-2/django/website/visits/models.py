from django.db import models


class Visit(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    # may be empty: version 1 does not know it, and can still write its visits after a rollback
    seen = models.CharField(max_length=20, null=True)
