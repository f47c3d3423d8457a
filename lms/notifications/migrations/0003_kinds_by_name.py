from django.db import migrations, models

import lms.notifications.enums


class Migration(migrations.Migration):
    dependencies = [("lms_notifications", "0002_more_kinds")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(choices=lms.notifications.enums.notice_choices, max_length=40),
        ),
    ]
